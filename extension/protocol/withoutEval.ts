/**
 * Tells the schema library not to compile its checks at run time.
 *
 * For browsers under a strict content security policy, where even the attempt is reported: imported
 * there before any schema is built. Nothing else imports it, since compiled checks are faster.
 */
import { config } from 'zod';

config({ jitless: true });
