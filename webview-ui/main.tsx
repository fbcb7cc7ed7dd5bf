/**
 * Entry point of the queue view. Wires the host, the connection and the app together, and does
 * nothing else.
 */
import '../extension/protocol/withoutEval.ts';
import { render } from 'preact';
import { Connection } from './connection.ts';
import { Host } from './host.ts';
import type { VsCodeApi } from './host.ts';
import { Memory } from './memory.ts';
import { App } from './views/app.tsx';
import './styles/main.css';

declare function acquireVsCodeApi(): VsCodeApi;

const api = acquireVsCodeApi();
const host = new Host(api);
const connection = new Connection(host);
const root = document.getElementById('app') ?? document.body;

render(<App connection={connection} host={host} memory={new Memory(api)} />, root);
connection.start(window);
