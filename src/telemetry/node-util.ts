/**
 * `styleText` and `inspect` of Node.js. An import statement for `node:util` would load all that the module offers, such
 * as the comparison of texts, which takes 5 ms at each start.
 */
export const { inspect, styleText } = process.getBuiltinModule("node:util");
