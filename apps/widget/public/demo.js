const chat = document.querySelector('baton-chat');

document.querySelector('#new').addEventListener('click', async () => {
  const answer = await fetch('/demo/token?new', { method: 'POST' });
  if (answer.ok) location.reload();
});

// A server that is no demo says so before anybody writes.
const answer = await fetchToken();
if (answer === 404) {
  document.querySelector('#closed').hidden = false;
  chat.hidden = true;
}

async function fetchToken() {
  try {
    return (await fetch('/demo/token', { method: 'POST' })).status;
  } catch {
    return 0;
  }
}
