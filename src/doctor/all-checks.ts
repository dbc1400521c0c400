import { ofAccount, type Check, type DoctorDeps } from './check.js';
import { fileChecks } from './file-checks.js';
import { googleChecks } from './google-checks.js';
import { installChecks, thisInstallation } from './install-checks.js';
import { launchdCheck } from './launchd-check.js';
import { mountChecks } from './mount-checks.js';
import { pickedChecks } from './picked-checks.js';
import { systemChecks } from './system-checks.js';
import { takeoutChecks } from './takeout-checks.js';
import { unitCheck } from './unit-check.js';

/** Everything that a mount needs, from the machine to Google. */
export function allChecks(deps: DoctorDeps): Check[] {
  return [
    ...installChecks(thisInstallation(deps.around.env)),
    ...systemChecks(deps.allowOther),
    ...fileChecks(deps),
    ...takeoutChecks(deps),
    ...pickedChecks(deps),
    ...googleChecks(deps).map((check) => ofAccount(check, deps.sources)),
    ...mountChecks(deps),
    unitCheck(deps.around.platform, deps.around.env),
    launchdCheck(deps.around),
  ];
}
