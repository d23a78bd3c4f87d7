import { createRoot } from 'react-dom/client';

import { Chat } from './chat.js';

// A page of yours has these from its own server.
const { baton = '', token = '', id = '' } = Object.fromEntries(new URLSearchParams(location.search));
createRoot(document.getElementById('root') as HTMLElement).render(
  <Chat baton={baton} token={token} id={id} />,
);
