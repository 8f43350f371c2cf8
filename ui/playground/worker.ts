// Conditions are compiled and run here: this script has its own policy, which allows compiled code.
export {};
