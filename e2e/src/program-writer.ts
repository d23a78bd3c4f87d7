import { type ModelRequest, modelSteps } from '@baton/testkit';

const { callTools, say } = modelSteps;

type Step = ReturnType<typeof say>;

const PRODUCT = 'console.log(1234 * 5678)';

/** What the code agent's prompt says of itself. */
const isAskedForPrograms = ({ prompt }: ModelRequest): boolean => prompt.includes('by writing a program');

const run = (code: string): Step => callTools({ name: 'code.run', args: { language: 'javascript', code } });

const finish = (reply: string): Step => callTools({ name: 'finish', args: { reply, confidence: 0.9 } });

/** A model that solves its task by programs: what it answers it has from what they printed. Undefined where it is asked for something else. */
export const writesPrograms = (request: ModelRequest): Step | undefined => {
  if (!isAskedForPrograms(request)) return undefined;
  const results = request.toolResults;
  const last = results.at(-1);
  if (request.prompt.includes('Run without end'))
    return last === undefined
      ? run('for (;;);')
      : finish(/"outcome":"stopped".*"limit":"(time|cpu)"/.test(last) ? 'It was stopped.' : last);
  if (request.prompt.includes('Read the environment'))
    return last === undefined
      ? run(
          'console.log(Object.keys(process.env).filter((name) => /BATON|DATABASE|KEY|URL/.test(name)).length)',
        )
      : finish(last.includes('"stdout":"0\\n"') ? 'It found nothing.' : last);
  if (last === undefined && request.prompt.includes('Mend it first'))
    return run('console.log(not_defined_yet)');
  const printed = last === undefined ? undefined : /"stdout":"(\d+)/.exec(last)?.[1];
  // The first time in a fenced block: not every model calls tools for what it can write down.
  if (printed === undefined) return last === undefined ? say(`\`\`\`js\n${PRODUCT}\n\`\`\``) : run(PRODUCT);
  return finish(`It is ${printed}.`);
};
