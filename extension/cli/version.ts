/** The version of this build, put in by the bundler. */
declare const SIGNALBOX_VERSION: string | undefined;

export const version = typeof SIGNALBOX_VERSION === 'string' ? SIGNALBOX_VERSION : 'development';
