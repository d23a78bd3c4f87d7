/** Lets the browser keep what was read with a token: a link alone would carry none. */
export const saveFile = (content: Blob, name: string): void => {
  const url = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  // The browser has it by then; at once would be too early for some.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
};
