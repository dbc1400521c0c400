import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** What the programs of a load did: how often each thing, and each error by its name. */
export interface LoadReport {
  readonly done: Readonly<Record<string, number>>;
  readonly errors: Readonly<Record<string, number>>;
}

export interface Load {
  /** Resolves once the programs have ended. */
  end(): Promise<LoadReport>;
}

// Python, as a program like any other: what blocks in a system call here must not hold up the emulator.
const SCRIPT = `
import collections,errno,json,os,random,signal,subprocess,sys,threading,time
root=sys.argv[1]
over=threading.Event()
done,errors=collections.Counter(),collections.Counter()
lock=threading.Lock()
names={'photo':[],'video':[]}
def count(counter,key):
  with lock: counter[key]+=1
def walk(folder):
  for at,_,files in os.walk(folder):
    for name in files:
      try: os.lstat(os.path.join(at,name))
      except OSError as error: count(errors,'stat '+errno.errorcode[error.errno])
def find(turn):
  everything=os.path.join(root,'media/all')
  found={'photo':[],'video':[]}
  for name in os.listdir(everything): found['video' if name.endswith('.mp4') else 'photo'].append(os.path.join(everything,name))
  names.update({kind:sorted(paths) for kind,paths in found.items()})
  walk(os.path.join(root,random.choice(['media/by-year','media/by-day','media/all','albums','.'])))
def photo(turn):
  with open(random.choice(names['photo']),'rb') as file:
    while file.read(1<<17): pass
def row(turn):
  start=random.randrange(max(1,len(names['photo'])-20))
  for path in names['photo'][start:start+20]:
    with open(path,'rb') as file: file.read()
def video(turn):
  path=random.choice(names['video'])
  with open(path,'rb') as file:
    size=os.fstat(file.fileno()).st_size
    file.read(1<<20)
    for _ in range(4):
      file.seek(random.randrange(max(1,size-65536)))
      file.read(65536)
def abandoned(turn):
  kind=random.choice(['photo','video'])
  fd=os.open(random.choice(names[kind]),os.O_RDONLY)
  if turn%3: os.read(fd,4096)
  os.close(fd)
  if turn%20==0:
    reader=subprocess.Popen(['cat',random.choice(names['video'])],stdout=subprocess.DEVNULL,stderr=subprocess.DEVNULL)
    time.sleep(0.02)
    reader.kill()
    reader.wait()
def attributes(turn):
  for path in random.sample(names['photo'],min(30,len(names['photo']))):
    for name in os.listxattr(path): os.getxattr(path,name)
    try: os.getxattr(path,'user.none')
    except OSError as error:
      if error.errno!=errno.ENODATA: raise
def crowd(turn):
  readers=[threading.Thread(target=once,args=(photo,turn)) for _ in range(24)]
  for reader in readers: reader.start()
  for reader in readers: reader.join()
def documents(turn):
  for name in ('README.txt','.gphotos/status.json'):
    try: open(os.path.join(root,name)).read()
    except FileNotFoundError: pass
def once(work,turn):
  try:
    work(turn)
    count(done,work.__name__)
  except OSError as error: count(errors,work.__name__+' '+errno.errorcode.get(error.errno,str(error.errno)))
def again(work,pause):
  turn=0
  while not over.wait(pause):
    turn+=1
    once(work,turn)
find(0)
signal.signal(signal.SIGTERM,lambda *_: over.set())
works=[(find,6),(photo,.15),(photo,.15),(row,5),(video,.6),(video,.6),(abandoned,.2),(attributes,3),(crowd,15),(documents,10)]
threads=[threading.Thread(target=again,args=work) for work in works]
for thread in threads: thread.start()
for thread in threads: thread.join()
print(json.dumps({'done':done,'errors':errors}))
`;

/** Programs that list, read, jump about, give up and ask for attributes in a mount, at a moderate rate, until they are ended. */
export function startLoad(mountpoint: string): Load {
  const child = spawn('python3', ['-c', SCRIPT, mountpoint], { stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
  const closed = once(child, 'close');
  return {
    end: async () => {
      if (child.exitCode !== null) throw new Error('the load ended by itself');
      child.kill('SIGTERM');
      await closed;
      return JSON.parse(text) as LoadReport;
    },
  };
}
