// Served from the package; see host/src/http/static-files.ts.
export * from 'lit-html';
