import { readFileSync, writeFileSync } from 'node:fs';
import { say } from './say.mjs';

const outline = readFileSync('story/outline.md', 'utf8');
const hero = /Evening\. (\w+)/.exec(outline)?.[1] ?? 'She';
const scene = `The last ferry is late, and ${hero} has the quay to herself.
Across the water the lights come on, and the ferry's bell answers from the dark.
${hero} counts the lights, as she does every evening, and stops at the seventh.
It was never there before.`;

await say(scene);
writeFileSync('story/scene.md', `# The seventh light\n\n${scene}\n`);
console.log('Narrated story/scene.md');
