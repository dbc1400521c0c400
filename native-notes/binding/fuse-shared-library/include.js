// fuse-native's binding.gyp prints this: the folder with the headers of libfuse 2, which are the same for every processor.
require(process.platform === 'darwin' ? 'fuse-shared-library-darwin/include' : 'fuse-shared-library-linux/include');
