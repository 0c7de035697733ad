import { expect, it } from 'vitest';
import { sessionName } from './session-name.ts';

it('fits into what PostgreSQL keeps of a name, however long the job is called', () => {
  const name = sessionName('j'.repeat(60), '0b5f9c1e-9a51-4c62-9f1f-6f4a7f1d2c11', '7d31');
  expect(name.length).toBeLessThanOrEqual(63);
  expect(name).toMatch(/^bfd:j{45}:0b5f9c1e\.7d31$/);
});
