import { readFileSync, writeFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const prompt = readFileSync('story/scene.prompt.txt', 'utf8');
const count = /seven/.test(prompt) ? 7 : 5;
const steps = 8;
for (let step = 1; step <= steps; step++) {
  console.log(`step ${step} of ${steps}`);
  await pause(Number(process.env.EXAMPLE_PACE_MS ?? 60) * 5);
}
const lights = Array.from({ length: count }, (_, n) => {
  const x = 60 + n * 52 + (n === count - 1 ? 34 : 0);
  return `<circle cx="${x}" cy="118" r="3" fill="#ffd98a"/><rect x="${x - 1}" y="150" width="2" height="${26 + n * 3}" fill="#ffd98a" opacity=".35"/>`;
});
writeFileSync(
  'story/scene.svg',
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 270">
<rect width="480" height="140" fill="#2b3a55"/><rect y="140" width="480" height="90" fill="#1b2436"/>
<rect y="222" width="480" height="48" fill="#3a3f47"/>${lights.join('')}
<path d="M236 222v-34q4-14 8 0v34z" fill="#11151d"/><circle cx="240" cy="178" r="5" fill="#11151d"/>
</svg>
`,
);
console.log('Painted story/scene.svg');
