/** How code is laid out. Prettier decides; nobody discusses it in a review. */
/** @type {import('prettier').Config} */
export default {
  printWidth: 100,
  singleQuote: true,
};
