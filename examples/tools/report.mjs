import { readFileSync, writeFileSync } from 'node:fs';
import { say } from './say.mjs';

const scene = readFileSync('story/scene.md', 'utf8');
const review = readFileSync('code/review.md', 'utf8').split('\n').at(-2) ?? '';
const report = `# What was done

A scene was narrated in ${scene.split(/\s+/).length} words and painted in \`story/scene.svg\`.

The date function counts every day again. ${review}
`;
await say('Writing it all down.');
writeFileSync('REPORT.md', report);
console.log('Wrote REPORT.md');
