// An empty Node process.
export {};
