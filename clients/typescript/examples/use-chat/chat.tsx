import { useChat } from '@ai-sdk/react';
import { DefaultChatTransport, type UIMessage } from 'ai';
import { type SubmitEvent, useEffect, useRef, useState } from 'react';

/** What Baton adds to the SDK's parts. */
type ChatMessage = UIMessage<
  unknown,
  {
    handover: { handover_id: string; reason: string; queue: { position: number } | null };
    conversation: { state: string; version: number };
  }
>;

/** Somebody may speak without being asked. */
const MAY_SPEAK = ['PENDING_HUMAN', 'HUMAN_ACTIVE', 'BACK_TO_AI', 'AI_PROCESSING'];

/** A chat made with `useChat`: the AI's answers by its transport, a person's by resuming while one is there. */
export const Chat = ({ baton, token, id }: { baton: string; token: string; id: string }) => {
  const [text, setText] = useState('');
  const [state, setState] = useState('');
  const version = useRef(0);
  const { messages, sendMessage, resumeStream, status, error } = useChat<ChatMessage>({
    id,
    transport: new DefaultChatTransport({
      api: `${baton}/api/v1/ui/chat`,
      headers: { Authorization: `Bearer ${token}` },
      prepareReconnectToStreamRequest: ({ api, id: chat }) => ({
        api: `${api}/${chat}/stream?after=${version.current}`,
      }),
    }),
    onData: ({ type, data }) => {
      if (type !== 'data-conversation') return;
      version.current = data.version;
      setState(data.state);
    },
  });

  // A person answers in their own time: ask until they do; the server holds the question open.
  const maySpeak = MAY_SPEAK.includes(state);
  useEffect(() => {
    if (!maySpeak || status !== 'ready') return;
    let isOver = false;
    void (async () => {
      while (!isOver) await resumeStream();
    })();
    return () => {
      isOver = true;
    };
  }, [maySpeak, status === 'ready']);

  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    void sendMessage({ text });
    setText('');
  };
  return (
    <main>
      <ol>
        {messages.map(({ id: key, role, parts }) => (
          <li key={key} data-role={role}>
            {parts.map((part, index) => {
              if (part.type === 'text') return <p key={index}>{part.text}</p>;
              if (part.type === 'data-handover')
                return <em key={index}>A person is on the way: {part.data.reason}</em>;
              return null;
            })}
          </li>
        ))}
      </ol>
      <p role="status">{error ? error.message : `${status} ${state}`}</p>
      <form onSubmit={submit}>
        <input aria-label="Message" value={text} onChange={({ target }) => setText(target.value)} />
        <button>Send</button>
      </form>
    </main>
  );
};
