#!/usr/bin/env python3
"""Explicit-state check of how order-workflow's sweep restarts an instance that stands still (docs/specification.md, section 3, order-workflow): one run in its process document,
its instance at the runtime, two sweeps (two replicas, one of them as slow as it likes) that may end at any point, one operator. What the restarted workflow does is in saga.py.

The instance may become wedged, and stays so until it is terminated and purged; a terminate takes effect at once or later, whatever it answers; a purge is refused until then;
an instance may come to its end all the same, and its outcome may be kept late. A restart is: the document says restarting -> terminate -> purge -> look whether it is gone ->
the document says scheduling -> schedule -> the document says running.

Properties: from wherever they are, the run comes to its end or to an operator by what sweeps and runtime do by themselves, and there is nowhere else it can stay;
an operator is asked only after three restarts; there are no more restarts than times that it was wedged, that a sweep took over from one that was only slow, and that a
terminate took effect late (these may hit the instance that was started anew: it is restarted once more).
Run it plain: it holds. With a rule left out it prints the shortest way to each violation:
  --gone-needs-operator    a run that was restarted before, and whose instance is gone or terminated, goes to an operator at once
  --gone-is-left           a sweep that finds an instance gone or terminated leaves it alone
  --no-look                the document says scheduling without a look whether the instance is really gone
  --no-number              a sweep writes without a look whether the document still says the restart that it works on
"""
import sys
from collections import deque, namedtuple
GONE = '--gone-needs-operator' in sys.argv
LEFT = '--gone-is-left' in sys.argv
NOLOOK = '--no-look' in sys.argv
NONUMBER = '--no-number' in sys.argv
MOST = 3
S = namedtuple('S', 'doc n spared inst ending late sweeps wedges crashes retries slow laters')
# doc: running|restarting|scheduling|ended|failed; n restarts written down, spared: of them before the operator's retry; inst: none|fine|wedged|terminated|completed;
# ending: a terminate that has still to take effect; late: an outcome that is still to be kept; sweeps: pc of each, with the number of the restart it works on
def setp(s, i, pc): l=list(s.sweeps); l[i]=pc; return s._replace(sweeps=tuple(l))
IDLE=('idle',0)
def again(s): return s._replace(doc='restarting',n=s.n+1) if s.n-s.spared<MOST else s._replace(doc='failed')
def moves(s):
    """(label, state, by itself)"""
    # the instance
    if s.inst=='fine':
        yield 'outcome kept, instance completes', s._replace(inst='completed',doc='ended'), True
        if s.wedges>0:
            yield 'wedged', s._replace(inst='wedged',wedges=s.wedges-1), False
            yield 'wedged with its outcome under way', s._replace(inst='wedged',wedges=s.wedges-1,late=True), False
    if s.late: yield 'late outcome kept', s._replace(late=False,doc='ended'), True
    if s.ending: yield 'terminate takes effect', s._replace(ending=False,inst='terminated' if s.inst in('fine','wedged') else s.inst), True
    # an operator
    if s.doc=='failed' and s.retries>0: yield 'operator retries', s._replace(doc='restarting',spared=s.n,retries=s.retries-1), False
    # the sweeps
    for i,(pc,n) in enumerate(s.sweeps):
        if pc!='idle' and s.crashes>0: yield f'{i} ends', setp(s,i,IDLE)._replace(crashes=s.crashes-1), False
        if pc=='idle':
            if s.doc=='running' and s.inst=='wedged': t=again(s)
            elif s.doc=='running' and s.inst in('none','terminated') and not LEFT: t=s._replace(doc='failed') if GONE or s.n==0 else again(s)
            else: t=None
            if t: yield f'{i} finds it {s.inst}: {t.doc} {t.n}', setp(t,i,('terminate',t.n) if t.doc=='restarting' else IDLE), True
            other=s.sweeps[1-i] # A young restart is left to whoever works on it; one that has become old, because that one is slow, is not.
            if s.doc=='restarting' and other==IDLE: yield f'{i} finds it restarting', setp(s,i,('terminate',s.n)), True
            elif s.doc=='restarting' and s.slow>0: yield f'{i} finds it restarting, {1-i} is slow', setp(s,i,('terminate',s.n))._replace(slow=s.slow-1), True
            if s.doc=='scheduling':
                there=s.inst in('fine','wedged','completed')
                yield f'{i} finds it scheduling', (s._replace(doc='running') if there else setp(s,i,('schedule',s.n))), True
        elif pc=='terminate':
            t=setp(s,i,('purge',n))
            yield f'{i} terminates', t._replace(inst='terminated' if s.inst in('fine','wedged') else s.inst), True
            if s.inst in('fine','wedged') and s.laters>0: yield f'{i} terminates, later', t._replace(ending=True,laters=s.laters-1), True
        elif pc=='purge': yield f'{i} purges', setp(s,i,('look',n))._replace(inst='none' if s.inst in('terminated','completed') else s.inst), True
        elif pc=='look': yield f'{i} looks: {s.inst}', setp(s,i,('release',n) if s.inst=='none' or NOLOOK else IDLE), True
        elif pc=='release':
            mine=s.doc=='restarting' and (s.n==n or NONUMBER)
            yield f'{i} writes scheduling' if mine else f'{i} is late', (setp(s,i,('schedule',n))._replace(doc='scheduling') if mine else setp(s,i,IDLE)), True
        elif pc=='schedule': yield f'{i} schedules', setp(s,i,('tell',n))._replace(inst='fine' if s.inst in('none','terminated','completed') else s.inst), True
        elif pc=='tell': yield f'{i} writes running', setp(s,i,IDLE)._replace(doc='running' if s.doc=='scheduling' and (s.n==n or NONUMBER) else s.doc), True
def way(seen, s):
    l=[]
    while seen[s]: l.append(seen[s][1]); s=seen[s][0]
    return ' -> '.join(reversed(l))
def explore(wedges, crashes, retries, slow, laters):
    s0=S('running',0,0,'fine',False,False,(IDLE,IDLE),wedges,crashes,retries,slow,laters)
    seen={s0:None}; q=deque([s0]); bad={}; back={}; good=deque()
    while q:
        s=q.popleft()
        own=[]
        for l,t,by_itself in moves(s):
            if by_itself: own.append(t); back.setdefault(t,[]).append(s)
            if t not in seen: seen[t]=(s,l); q.append(t)
        if s.doc in('ended','failed'): good.append(s)
        elif not own: bad.setdefault(f'stays {s.doc}, {s.inst}, and nobody knows',s)
        if s.doc=='failed' and s.n-s.spared<MOST: bad.setdefault(f'an operator is asked after {s.n} restarts',s)
        if s.n>wedges+slow+laters: bad.setdefault('more restarts than it was wedged, a sweep was slow, or a terminate late',s)
    ends=set(good)
    while good:
        for p in back.get(good.popleft(),()):
            if p not in ends: ends.add(p); good.append(p)
    for s in seen:
        if s not in ends: bad.setdefault('never comes to an end or an operator',s); break
    print(f'{wedges} times wedged, {crashes} sweeps that end, {retries} retries, {slow} times slow, {laters} late terminates: {len(seen)} states, at most {max(s.n for s in seen)} restarts;', 'holds' if not bad else 'VIOLATIONS')
    for w,s in bad.items(): print(' *',w,':',way(seen,s))
    return not bad
ok=[explore(*world) for world in((1,2,0,0,0),(1,1,0,1,0),(1,1,0,0,1),(2,1,0,0,1),(5,1,1,1,1))]
sys.exit(0 if all(ok) else 1)
