/**
 * A process that uses a local stack: joins, prints its endpoints as one JSON line, and leaves when its
 * stdin ends. Started by `startStackUser`; argv: the options of joinLocalStack as JSON.
 */
import { joinLocalStack } from '../../tools/local-stack/src/index.ts';

try {
  const stack = await joinLocalStack(JSON.parse(process.argv[2] ?? '{}'));
  console.log(JSON.stringify({ postgres: stack.postgres, s3: stack.s3 }));
  process.stdin.resume();
  process.stdin.once('end', () => void stack.leave().then(() => process.exit(0)));
} catch (error) {
  const { code, message } = error as { code?: string; message?: string };
  console.log(JSON.stringify({ refused: { code, message } }));
}
