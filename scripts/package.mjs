/** Builds and packages the extension, as a check: its own words are on the terminal. */
import process from 'node:process';
import { packageExtension } from './setUp.mjs';

try {
  await packageExtension();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
