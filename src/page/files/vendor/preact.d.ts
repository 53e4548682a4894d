// The types of preact.js, which are those of the npm package; only checks read this.
export * from 'preact';
export * from 'preact/hooks';
