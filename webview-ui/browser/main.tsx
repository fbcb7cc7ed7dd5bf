/**
 * Entry point of the dashboard in a browser: the queue view with a wire of its own, and a head in
 * place of the editor's title bar. Wires, and does nothing else.
 */
import '../../extension/protocol/withoutEval.ts';
import { render } from 'preact';
import { Connection } from '../connection.ts';
import { Host } from '../host.ts';
import { Memory } from '../memory.ts';
import { browser } from '../surroundings.ts';
import { App } from '../views/app.tsx';
import { openAdd } from './addDialog.tsx';
import { copy } from '../clipboard.ts';
import { Head } from './head.tsx';
import { followContrast } from './theme.ts';
import { Wire } from './wire.ts';
import './theme.css';
import '../styles/main.css';
import './browser.css';

const wire = new Wire({
  local: (request) => {
    if (request.name === 'addTask') openAdd();
    else if (request.name === 'copyTaskId') copy(String(request.params.task));
    else return false;
    return true;
  },
  onState: (broken) => connection.wireIs(broken),
});
const host = new Host(wire);
const connection = new Connection(host);
const root = document.getElementById('app') ?? document.body;

followContrast(document.body);
render(
  <App
    connection={connection}
    host={host}
    memory={new Memory(wire)}
    surroundings={browser}
    Head={Head}
  />,
  root,
);
connection.start(wire.incoming);
void wire.listen();
