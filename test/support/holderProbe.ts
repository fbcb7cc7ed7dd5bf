/** Says whom a command started like this would hold a claim for. */
import { findHolder } from '../../extension/platform/holder.ts';

process.stdout.write(JSON.stringify(findHolder()));
