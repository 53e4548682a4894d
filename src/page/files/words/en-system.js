// Words of the views Week, Edit, Import and System; the other language has the same keys.
export default {
};
