/** First argument of the process that launchd starts; the command line of the mount follows. Here, as every start reads it. */
export const LAUNCHD_ARGUMENT = '__launchd';
