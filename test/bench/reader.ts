import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

// Times the reading alone: starting a program costs the same whatever is read, and more than a photo.
const SCRIPT = `
import os,sys,threading,time
what,number,size,paths=sys.argv[1],int(sys.argv[2]),int(sys.argv[3]),sys.argv[4:]
piece=1<<20
def whole(path):
  fd=os.open(path,os.O_RDONLY)
  while os.read(fd,piece): pass
  os.close(fd)
def first():
  fd=os.open(paths[0],os.O_RDONLY)
  assert len(os.read(fd,1))==1
  os.close(fd)
def jumps():
  fd=os.open(paths[0],os.O_RDONLY)
  seed=7
  for turn in range(number):
    seed=(seed*1103515245+12345)%2**31
    assert len(os.pread(fd,4096,seed%(size-4096)))==4096
  os.close(fd)
def end():
  global began
  fd=os.open(paths[0],os.O_RDONLY)
  assert len(os.read(fd,1))==1
  began=time.perf_counter()
  assert len(os.pread(fd,4096,size-4096))==4096
  os.close(fd)
def drop():
  for path in paths:
    fd=os.open(path,os.O_RDONLY)
    os.posix_fadvise(fd,0,0,os.POSIX_FADV_DONTNEED)
    os.close(fd)
def readers():
  left=iter(paths)
  lock=threading.Lock()
  def work():
    while True:
      with lock: path=next(left,None)
      if path is None: return
      whole(path)
  threads=[threading.Thread(target=work) for _ in range(number)]
  for thread in threads: thread.start()
  for thread in threads: thread.join()
work={'first':first,'jumps':jumps,'end':end,'drop':drop,'readers':readers}[what]
began=time.perf_counter()
work()
print(time.perf_counter()-began)
`;

async function timed(what: string, number: number, size: number, paths: readonly string[]): Promise<number> {
  const { stdout } = await run('python3', ['-c', SCRIPT, what, String(number), String(size), ...paths]);
  return Number(stdout);
}

/** Seconds until the first byte of a file is there. */
export const firstByte = (file: string): Promise<number> => timed('first', 1, 0, [file]);

/** Seconds that so many readers take for these files, each whole, the next one always to who is free. */
export const wholeFiles = (files: readonly string[], readers: number): Promise<number> =>
  timed('readers', readers, 0, files);

/** Seconds for so many reads of 4 KiB all over a file of `size` bytes, one after another; the same places each time. */
export const jumpAbout = (file: string, jumps: number, size: number): Promise<number> =>
  timed('jumps', jumps, size, [file]);

/** Seconds for the last 4 KiB of a file of `size` bytes, by a reader that has read its first byte. */
export const lastBytes = (file: string, size: number): Promise<number> => timed('end', 1, size, [file]);

/** Lets the kernel forget the bytes of these files: who reads them next asks the file system. */
export const forget = (...files: readonly string[]): Promise<number> => timed('drop', 1, 0, files);
