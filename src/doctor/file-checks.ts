import { existsSync, lstatSync } from 'node:fs';
import { stat, statfs } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { findClient, loadCredentials, type CredentialPlaces } from '../auth/credentials.js';
import { tokenPaths } from '../auth/token-file.js';
import { isDamageNoted } from '../catalog/catalog-damage.js';
import { catalogFaults } from '../catalog/native-check.js';
import { ledgerFile } from '../daemon/profile-ledger.js';
import { profilePaths } from '../daemon/profile-paths.js';
import { ledgerFault } from '../ledger/open-ledger.js';
import { readOwnFile } from '../support/own-file.js';
import { ExitCode, UserError } from '../support/user-error.js';
import { shellQuoted } from '../support/shell-quoted.js';
import { fail, ofAccount, pass, skip, warn, type Check, type DoctorDeps, type Finding } from './check.js';

const LITTLE_SPACE = 1024 ** 3;
const TOO_LITTLE_SPACE = 64 * 1024 ** 2;

/** Folders, settings, credentials and the catalog: what lies on this machine's disk. */
export function fileChecks({ around, sources, settingsFault }: DoctorDeps): Check[] {
  const { env, folders, profile } = around;
  const paths = profilePaths(folders, profile);
  return [
    { id: 'config-folder', run: () => privateFolder(folders.config, 'config') },
    { id: 'config-file', run: () => configFile(join(folders.config, 'config.json'), settingsFault) },
    { id: 'data-folder', run: () => privateFolder(paths.dataDir, 'data') },
    { id: 'runtime-folder', run: () => privateFolder(paths.runtimeDir, 'runtime') },
    ...signInChecks({ env, configDir: folders.config, profile }).map((check) => ofAccount(check, sources)),
    { id: 'secret-files', run: () => secretFiles(tokenPaths(folders.config, profile)) },
    { id: 'ca-cert', run: () => certificateFile(around.caFile ?? env['NODE_EXTRA_CA_CERTS']) },
    { id: 'catalog', run: () => catalog(paths.catalogFile) },
    { id: 'ledger', run: () => ledger(ledgerFile(paths.dataDir)) },
    { id: 'cache-folder', run: () => privateFolder(paths.cacheDir, 'cache') },
    { id: 'disk-space', run: () => diskSpace([paths.dataDir, paths.cacheDir]) },
  ];
}

/** The client and the sign-in, as a start looks for them. */
function signInChecks(places: CredentialPlaces): Check[] {
  return [
    {
      id: 'oauth-client',
      run: async () => {
        if ((await findClient(places)) !== undefined) return pass('There is an OAuth client.');
        // The one that the sign-in was made with serves as well.
        await loadCredentials(places);
        return pass('The OAuth client of the sign-in is used.');
      },
    },
    {
      id: 'sign-in',
      run: async () => {
        const { keptIn } = await loadCredentials(places);
        if (keptIn === undefined) return pass('There is a sign-in, not kept in a file of ours.');
        const where = keptIn.inKeyring ? 'in the keyring of the desktop' : keptIn.tokenFile;
        return pass(`There is a sign-in: ${where}.`);
      },
    },
  ];
}

function privateFolder(folder: string, what: string): Finding {
  const facts = lstatSync(folder, { throwIfNoEntry: false });
  if (facts === undefined) return pass(`The ${what} folder ${folder} will be made.`);
  if (!facts.isDirectory())
    return fail(
      `${folder} is not a folder.`,
      `Move it away: mv ${shellQuoted(folder)} ${shellQuoted(`${folder}.old`)}`,
    );
  if (facts.uid !== process.getuid?.())
    return fail(`The ${what} folder ${folder} belongs to another user.`, `sudo chown "$USER" ${shellQuoted(folder)}`);
  if ((facts.mode & 0o022) !== 0)
    return fail(`Others may write to the ${what} folder ${folder}.`, `chmod 700 ${shellQuoted(folder)}`);
  if ((facts.mode & 0o700) !== 0o700)
    return fail(`You may not write to the ${what} folder ${folder}.`, `chmod 700 ${shellQuoted(folder)}`);
  return pass(`The ${what} folder is ${folder}.`);
}

function configFile(file: string, fault: UserError | undefined): Finding {
  const isThere = existsSync(file);
  try {
    if (isThere) readOwnFile(file, { what: 'the settings', exitCode: ExitCode.config, owner: 'ours-or-root' });
  } catch (error) {
    if (error instanceof UserError) return fail(error.message, error.hint);
    return fail(`${file} cannot be read.`, `chmod 600 ${shellQuoted(file)}`);
  }
  if (fault !== undefined) return fail(fault.message, fault.hint);
  return pass(isThere ? `The settings of ${file} are right.` : 'There is no config.json; defaults are used.');
}

function secretFiles(files: readonly string[]): Finding {
  const there = files.filter((file) => lstatSync(file, { throwIfNoEntry: false }) !== undefined);
  for (const file of there) {
    const facts = lstatSync(file);
    if (facts.isSymbolicLink()) return fail(`${file} is a symbolic link.`, 'Put the file itself there.');
    if ((facts.mode & 0o077) !== 0) return fail(`${file} can be read by others.`, `chmod 600 ${shellQuoted(file)}`);
    const folder = dirname(file);
    if ((lstatSync(folder).mode & 0o077) !== 0)
      return warn(`${folder} can be looked into by others.`, `chmod 700 ${shellQuoted(folder)}`);
  }
  return there.length === 0
    ? skip('There are no files with secrets.')
    : pass('Only you can read the files with secrets.');
}

function certificateFile(file: string | undefined): Finding {
  if (file === undefined || file === '') return pass('No extra certificate authority is named.');
  const rules = { what: 'the certificate file', exitCode: ExitCode.config, owner: 'any' } as const;
  let text: string | undefined;
  try {
    text = readOwnFile(file, rules);
  } catch (error) {
    if (error instanceof UserError)
      return fail(error.message, 'Name another one as --ca-cert or in NODE_EXTRA_CA_CERTS.');
  }
  if (text === undefined)
    return fail(
      `The certificate file ${file} cannot be read.`,
      'Name another one as --ca-cert or in NODE_EXTRA_CA_CERTS.',
    );
  return text.includes('-----BEGIN CERTIFICATE-----')
    ? pass(`Certificate authorities of ${file} are trusted too.`)
    : fail(`${file} holds no certificate in PEM form.`, 'Name a file that begins with -----BEGIN CERTIFICATE-----');
}

function catalog(file: string): Finding {
  if (!existsSync(file)) return pass('There is no catalog yet; the first mount makes it.');
  const [fault] = isDamageNoted(file) ? ['a running mount met damage'] : faultsOf(file);
  return fault === undefined
    ? pass('The catalog is whole.')
    : fail(
        `The catalog ${file} is damaged: ${fault.replace(/\s+/g, ' ')}.`,
        'Unmount and mount again: the next mount will move it away and make a new one, with all names that can still be read.',
      );
}

function ledger(file: string): Finding {
  const fault = ledgerFault(file);
  if (fault !== undefined) return fail(fault.message, fault.hint);
  return pass(existsSync(file) ? 'The ledger is whole.' : 'There is no ledger yet; the first mount makes it.');
}

/** Damage in the wrong place keeps even the search for damage from ending. */
function faultsOf(file: string): string[] {
  try {
    return catalogFaults(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : '';
    if (code.startsWith('SQLITE_CORRUPT')) return [code];
    throw error;
  }
}

async function diskSpace(folders: readonly string[]): Promise<Finding> {
  let least = Infinity;
  for (const folder of folders) {
    const { bavail, bsize } = await statfs(await nearestFolder(folder));
    least = Math.min(least, bavail * bsize);
  }
  const amount = `${(least / 1024 ** 3).toFixed(1)} GiB are free for catalog and cache.`;
  const fix = 'Free some space, or choose another --cache-dir or a smaller --cache-max-size.';
  if (least < TOO_LITTLE_SPACE) return fail(amount, fix);
  return least < LITTLE_SPACE ? warn(amount, fix) : pass(amount);
}

async function nearestFolder(folder: string): Promise<string> {
  const isThere = await stat(folder).then(
    () => true,
    () => false,
  );
  return isThere || dirname(folder) === folder ? folder : nearestFolder(dirname(folder));
}
