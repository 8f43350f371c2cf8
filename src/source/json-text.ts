export { JsonTextError, parseJson, parseJsonText } from "../event/json-text.ts";
