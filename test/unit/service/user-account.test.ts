import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { becomeUser, findAccount, type UserAccount } from '../../../src/service/user-account.js';

const ALICE: UserAccount = { name: 'alice', uid: 1001, gid: 1002, home: '/home/alice', shell: '/bin/bash' };

describe('the user of a mount', () => {
  it('the user of a mount is looked up by getent, and is undefined where there is none', async () => {
    const asked: string[] = [];
    const found = await findAccount((program, args) => {
      asked.push([program, ...args].join(' '));
      return Promise.resolve({ code: 0, stdout: 'alice:x:1001:1002:Ada:/home/alice:/bin/bash\n', stderr: '' });
    }, 'alice');
    assert.deepEqual(found, ALICE);
    assert.deepEqual(asked, ['getent passwd -- alice']);
    assert.equal(await findAccount(() => Promise.resolve({ code: 2, stdout: '', stderr: '' }), 'bob'), undefined);
  });

  it('the user of a mount is looked up on macOS, which has no getent, by id and its longer line', async () => {
    const found = await findAccount((program, args) => {
      const isKnown = program === 'id' && args[0] === '-P';
      const stdout = isKnown ? 'alice:********:1001:1002::0:0:Ada:/home/alice:/bin/bash\n' : '';
      return Promise.resolve({ code: isKnown ? 0 : undefined, stdout, stderr: '' });
    }, 'alice');
    assert.deepEqual(found, ALICE);
  });

  it('gets its groups and group before its user, after which they could not be changed', () => {
    const steps: string[] = [];
    let uid = 0;
    becomeUser(ALICE, {
      getuid: () => uid,
      initgroups: (name, gid) => steps.push(`groups ${name} ${gid}`),
      setgid: (gid) => steps.push(`group ${gid}`),
      setuid: (next) => {
        steps.push(`user ${next}`);
        uid = next;
      },
    });
    assert.deepEqual(steps, ['groups alice 1002', 'group 1002', 'user 1001']);
  });

  it('the user of a mount is left alone where the process is that user’s, and is an error where it stays another’s', () => {
    becomeUser(ALICE, { getuid: () => 1001, setuid: () => assert.fail() });
    assert.throws(() => becomeUser(ALICE, { getuid: () => 0 }), /did not become alice/);
  });
});
