/** True where a NATS subject fits a pattern with `*` and `>`. */
export const fits = (pattern: string, subject: string): boolean => {
  if (pattern === subject) return true;
  const wanted = pattern.split('.');
  const tokens = subject.split('.');
  for (const [index, token] of wanted.entries()) {
    if (token === '>') return tokens.length > index;
    if (tokens[index] === undefined || (token !== '*' && token !== tokens[index])) return false;
  }
  return wanted.length === tokens.length;
};
