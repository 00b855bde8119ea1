export default await new Promise(() => undefined);
