import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ContentError, toContentError } from '../../../src/content/content-error.js';
import { toFsError } from '../../../src/filesystem/to-fs-error.js';
import { ERRNO_OF } from '../../../src/library/error-answer.js';
import { RemoteError, type RemoteErrorKind } from '../../../src/library/remote-error.js';

describe('what a program is answered when a request to Google fails', () => {
  it('a failed request gives the same answer whether it fails while a file is opened or read: EAGAIN if Google asks to wait, else EIO', () => {
    for (const [kind, errno] of Object.entries(ERRNO_OF) as [RemoteErrorKind, 'EIO' | 'EAGAIN'][]) {
      const error = new RemoteError(kind, 'Google says no');
      assert.equal(errno, kind === 'rate-limited' || kind === 'not-ready' ? 'EAGAIN' : 'EIO', kind);
      assert.equal(toFsError(error).code, errno, kind);
      assert.equal(toFsError(toContentError(error)).code, errno, kind);
    }
  });

  it('a file that changed while it was open answers ESTALE, and an error of the program itself EIO', () => {
    assert.equal(toFsError(new ContentError('ESTALE', 'it changed')).code, 'ESTALE');
    assert.equal(toFsError(Object.assign(new Error('odd'), { code: 'ESTALE' })).code, 'EIO');
    assert.equal(toFsError('odd').code, 'EIO');
  });
});
