import { readFileSync, writeFileSync } from 'node:fs';
import { say } from './say.mjs';

const scene = readFileSync('story/scene.md', 'utf8');
const lights = /seventh/.test(scene) ? 'seven' : 'a row of';
const prompt = `A woman on an empty quay at dusk, seen from behind; ${lights} small lights across dark water, one of them slightly apart; wet stone, blue hour, muted colours, gouache.`;

await say(prompt);
writeFileSync('story/scene.prompt.txt', `${prompt}\n`);
console.log('Described the scene in story/scene.prompt.txt');
