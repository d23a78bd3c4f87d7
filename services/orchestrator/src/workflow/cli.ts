import { workflowCommand } from './workflow-command.js';

const voice = {
  print: (text: string): void => void process.stdout.write(text),
  complain: (text: string): void => void process.stderr.write(text),
};

try {
  process.exitCode = await workflowCommand(process.argv.slice(2), voice);
} catch (error) {
  voice.complain(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
