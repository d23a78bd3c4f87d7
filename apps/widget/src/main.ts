import { BatonChat } from './view/baton-chat.js';

// A page may load the script twice.
if (!customElements.get('baton-chat')) customElements.define('baton-chat', BatonChat);
