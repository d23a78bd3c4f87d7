import { speakersOf } from './speakers.js';
import { workflowOf } from './testing/run-world.js';

const NODES = `
  look: { type: agent }
  answer: { type: agent, needs: [look] }
  polish: { type: transform, needs: [answer], value: "{{ $trim(nodes.answer.text) }}" }
  plain: { type: transform, value: "{{ 'Thank you' }}" }
`;
const sink = (reply: string, needs = '[polish, plain]') =>
  `${NODES}\n  done: { type: sink, sink: FINISH, needs: ${needs}, reply: "${reply}" }`;

describe('who is asked for another reply', () => {
  it.each([
    ['{{ nodes.answer.text }}', ['answer']],
    ['Hello. {{ nodes.polish }}', ['answer', 'polish']],
    ['{{ nodes.look.text }} {{ nodes.answer.text }}', ['answer', 'look']],
    ['{{ nodes.plain }}', []],
    ['Thank you, we noted that.', []],
  ])('are the agents whose words are given, and what these pass through: %s', (reply, expected) => {
    expect([...speakersOf(workflowOf(sink(reply)), 'done')].sort()).toEqual(expected);
  });

  it('is nobody where no sink was reached', () => {
    expect(speakersOf(workflowOf(sink('{{ nodes.answer.text }}')), null)).toEqual([]);
  });
});
