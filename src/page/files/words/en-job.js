// Words of the views Job, Execution and Runs; the other language has the same keys.
export default {
};
