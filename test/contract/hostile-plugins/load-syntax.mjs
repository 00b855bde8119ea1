export default {
  name: load-syntax,,
};
