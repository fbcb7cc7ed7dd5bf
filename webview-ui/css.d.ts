/** Style sheets are imported for the bundler alone; they have no value in code. */
declare module '*.css';
