#!/usr/bin/env python3
"""Explicit-state check of the rules of docs/specification.md sections 3 and 4: one order, its create workflow, up to two cancellations by the customer, depot, payment,
delayed events in any order, commands whose answer is lost, one run that fails and is started again, one instance that the sweep restarts, and up to three late repetitions
of any command that was ever sent. A restart (section 3, order-workflow): an instance that seems to stand still, wherever it is, also after its last step, is terminated and
purged; the activity that it was at may still be under way, so its command may arrive at any time from then on, before or after the instance is scheduled again and has
gone on; between the purge and that, everything else happens. Then it begins from the top.

Property: when nothing can move any more, the order, its payment and its shopping list agree (section 6, 2 and 3), no undo was refused, every request was answered.
Run it plain: it holds. With a rule left out it prints the shortest way to each violation:
  --old-order              the shopping list is released to the bots before the order is approved
  --no-memory              undo commands leave no memory of what may still arrive
  --takeback-cancelable    a list taken back from a dead bot can be canceled again
  --undo-first             the undo runs before the order's document has decided
  --plain-begin            begin-order knows only go, cancel and over
  --undo-reached           the undo takes back only what this run itself has come to
(How the sweep does it, crash by crash and with two of them at once: restart.py beside this file.)
"""
import sys
from collections import deque, namedtuple
OLD = '--old-order' in sys.argv    # initiate before approve (the original order of steps)
NOMEM = '--no-memory' in sys.argv  # release-payment / cancel-list leave no memory behind
TAKEBACK = '--takeback-cancelable' in sys.argv
UNDOFIRST = '--undo-first' in sys.argv
PLAIN = '--plain-begin' in sys.argv
REACHED = '--undo-reached' in sys.argv
S = namedtuple('S', 'ost asked req lst started pay refused wf undo why cws evs zom zleft asks shown reruns restarts')
# ost order status; asked: None|'approval'|('after',n) open request; req: requests made; lst list; pay: auth|conf|rel ; refused: this order may not take payment
# wf: pc of create, 'gone' between purge and schedule; undo: tuple of remaining undo cmds; why: reject|cancel ; cws: tuple of (n,pc); evs: frozenset events pending ; zom: frozenset of commands that may execute again
def do(s, cmd):
    """executes a command on its owner's document; returns (state, answer)"""
    c, n = cmd
    if c=='begin':
        if s.ost=='pending': return s, ('go' if s.asked is None else 'cancel')
        if PLAIN: return s,'over'
        return s, ('forward' if s.ost=='approved' else 'undo' if s.ost in('rejected','dropped') else 'over')
    if c=='create-list':
        if s.lst=='none': return s._replace(lst='pending'), 'ok'
        return s, ('canceled' if s.lst=='canceled' else 'ok')
    if c=='confirm':
        if s.pay=='conf': return s,'ok'
        if s.pay=='rel' or s.refused: return s,'released'
        return s._replace(pay='conf'),'ok'
    if c=='release':
        if NOMEM: return (s._replace(pay='rel') if s.pay=='conf' else s),'ok'
        return s._replace(pay='rel', refused=True),'ok'
    if c=='initiate':
        if s.lst=='pending': return s._replace(lst='available'),'ok'
        return s, ('canceled' if s.lst in('canceled','none') else 'ok')
    if c=='cancel-list':
        if s.lst=='canceled': return s,'ok'
        if s.started and not (TAKEBACK and s.lst=='available'): return s,'started'
        if NOMEM and s.lst=='none': return s,'ok'
        return s._replace(lst='canceled'),'ok'
    if c=='approve':
        if s.ost=='pending':
            if s.asked: return s,'cancel-requested'
            return s._replace(ost='approved'),'ok'
        return s, ('ok' if s.ost in('approved','inProgress','ready') else 'closed' if s.ost in('rejected','dropped') and not PLAIN else 'over')
    if c=='reject':
        if s.ost=='pending': return s._replace(ost='rejected', evs=s.evs|{'ended'}),'ok'
        return s, ('ok' if s.ost in('rejected','dropped') else 'approved')
    if c=='cancel-order':
        if n==0:  # from the create workflow; 'dropped' is canceled before approval
            if s.ost=='pending' and s.asked: return s._replace(ost='dropped', evs=s.evs|{'ended'}),'ok'
            return s, ('ok' if s.ost in('rejected','dropped') else 'approved')
        if s.ost=='approved' and s.asked==('after',n): return s._replace(ost='canceled', asked=None, evs=s.evs|{'ended'}),'ok'
        return s,'no'
    if c=='begin-cancel': return s, ('go' if s.asked==('after',n) else 'over')
    if c=='refuse-cancel': return (s._replace(asked=None) if s.asked==('after',n) else s),'ok'
STEPS = ['begin','auth','create-list','confirm'] + (['initiate','approve'] if OLD else ['approve','initiate'])
def undo(s): return tuple(c for c,of in (('release','confirm'),('cancel-list','create-list')) if not REACHED or s.wf>=STEPS.index(of))
def stop(s, why): return s._replace(wf='undo' if UNDOFIRST else 'decide', undo=undo(s), why=why)
FORWARD = STEPS.index('initiate')
def decide(s):
    c='reject' if s.why=='reject' else 'cancel-order'
    t,a=do(issue(s,(c,0)),(c,0))
    if UNDOFIRST: return c, t._replace(wf='end')
    return f'{c} {a}', t._replace(wf='undo' if a=='ok' else FORWARD)
def issue(s, cmd): return s._replace(zom=s.zom|{cmd})
def at(s):
    """the command that the create workflow is at; None for those that change nothing"""
    if isinstance(s.wf,int): return (STEPS[s.wf],0) if STEPS[s.wf] not in('begin','auth') else None
    if s.wf=='undo' and s.undo: return (s.undo[0],0)
    return ('reject' if s.why=='reject' else 'cancel-order',0) if s.wf=='decide' else None
def moves(s):
    # the create workflow: a step is executed, or sent without an answer; a hint of a cancellation at each boundary
    if isinstance(s.wf,int):
        st=STEPS[s.wf]
        if st=='auth':
            yield 'auth ok', s._replace(wf=s.wf+1)
            yield 'auth refused', stop(s,'reject')
        else:
            t,a=do(issue(s,(st,0)),(st,0))
            nxt=t._replace(wf=t.wf+1 if t.wf+1<len(STEPS) else 'end')
            if st=='begin':
                if a=='go': yield 'begin go', nxt
                elif a=='over': yield 'begin over', t._replace(wf='end')
                elif a=='forward': yield 'begin forward', t._replace(wf=FORWARD)
                elif a=='undo': yield 'begin undo', t._replace(wf='undo', undo=undo(t))
                else: yield 'begin cancel', stop(t,'cancel')
            elif a=='ok': yield st+' ok', nxt
            elif st=='initiate' and not OLD: yield 'initiate refused', t._replace(wf='end')
            elif st=='approve' and a=='over': yield 'approve over', t._replace(wf='end')
            elif st=='approve' and a=='closed': yield 'approve closed', t._replace(wf='undo', undo=undo(t))
            else: yield f'{st} refused {a}', stop(t,'cancel' if a=='cancel-requested' else 'reject')
            if st=='create-list': yield 'list refused', stop(issue(s,(st,0)),'reject')
        if st not in('begin','auth') and (st,0) not in s.zom: yield 'sent '+st, issue(s,(st,0))
        if s.asked=='approval' and s.wf>0 and (OLD or st!='initiate'): yield 'hint', stop(s,'cancel')
    elif s.wf=='undo':
        if s.undo:
            t,a=do(issue(s,(s.undo[0],0)),(s.undo[0],0))
            if a=='ok': yield 'undo '+s.undo[0], t._replace(undo=t.undo[1:])
            else: yield 'undo REFUSED', t._replace(wf='stuck')
        elif UNDOFIRST: yield decide(s)
        else: yield 'undone', s._replace(wf='end')
    elif s.wf=='decide':
        yield decide(s)
        c=('reject' if s.why=='reject' else 'cancel-order',0)
        if c not in s.zom: yield 'sent '+c[0], issue(s,c)
    # the instance fails by a defect and is scheduled again
    if s.reruns>0 and (s.wf in('undo','decide') or isinstance(s.wf,int) and s.wf>0): yield 'rerun', s._replace(wf=0,undo=(),why=None,reruns=s.reruns-1)
    # the sweep takes it for wedged: terminated and purged with its activity under way, scheduled again later
    if s.restarts>0 and s.wf not in('gone','stuck'):
        t=s._replace(wf='gone',undo=(),why=None,restarts=s.restarts-1)
        yield 'restart', t
        now=at(s)
        if now and now not in s.zom: yield f'restart while {now[0]} is under way', issue(t,now)
    if s.wf=='gone': yield 'scheduled again', s._replace(wf=0)
    # cancel workflows
    for i,(n,pc) in enumerate(s.cws):
        def setc(t,p): l=list(t.cws); l[i]=(n,p); return t._replace(cws=tuple(l))
        if pc=='end': continue
        if pc=='gone':
            yield 'cancel scheduled again', setc(s,'begin-cancel')
            continue
        if s.reruns>0 and pc!='begin-cancel': yield 'rerun cancel', setc(s,'begin-cancel')._replace(reruns=s.reruns-1)
        if s.restarts>0:
            t=setc(s,'gone')._replace(restarts=s.restarts-1)
            yield 'restart cancel', t
            if pc!='begin-cancel' and (pc,n) not in s.zom: yield f'restart cancel while {pc} is under way', issue(t,(pc,n))
        cmd=(pc,n); t,a=do(issue(s,cmd) if pc!='begin-cancel' else s,cmd)
        if pc=='begin-cancel': yield f'begin-cancel {a}', setc(t,'cancel-list' if a=='go' else 'end')
        elif pc=='cancel-list': yield f'cancel-list {a}', setc(t,'cancel-order' if a=='ok' else 'refuse-cancel')
        elif pc=='release': yield 'c-release', setc(t,'end')
        elif pc=='cancel-order': yield f'c-cancel-order {a}', setc(t,'release' if a=='ok' else 'end')
        elif pc=='refuse-cancel': yield 'refuse-cancel', setc(t,'end')
    # customer
    if s.asks>0 and s.ost in('pending','approved') and s.asked is None:
        if s.ost=='pending': yield 'ask', s._replace(asked='approval',asks=s.asks-1)
        else: yield 'ask after', s._replace(asked=('after',s.req+1),req=s.req+1,asks=s.asks-1,evs=s.evs|{('cancelreq',s.req+1)})
    if s.pay=='auth': yield 'delete payment', s._replace(pay='rel')
    # bots
    if s.lst=='available': yield 'assign', s._replace(lst='assigned',started=True,evs=s.evs|{'assigned'})
    if s.lst=='assigned' and s.shown>0: yield 'takeback', s._replace(lst='available',shown=s.shown-1)
    if s.lst=='assigned':
        yield 'complete', s._replace(lst='completed',evs=s.evs|{'completed'})
        yield 'complete none', s._replace(lst='completed',evs=s.evs|{'nothing'})
    # events
    for e in s.evs:
        t=s._replace(evs=s.evs-{e})
        if e=='assigned': yield 'ev assigned', (t._replace(ost='inProgress') if t.ost=='approved' else t)
        elif e=='completed': yield 'ev completed', (t._replace(ost='ready') if t.ost in('approved','inProgress') else t)
        elif e=='nothing': yield 'ev nothing', (t._replace(ost='canceled',asked=None,evs=t.evs|{'ended'}) if t.ost in('approved','inProgress') else t)
        elif e=='ended': yield 'ev ended', do(t,('release',0))[0]
        else: yield f'ev {e}', t._replace(cws=t.cws+((e[1],'begin-cancel'),))
    # a command that was issued before is executed once more, late
    if s.zleft>0:
        for c in s.zom: yield f'late {c[0]}', do(s,c)[0]._replace(zleft=s.zleft-1)
def check(s):
    live=s.lst in('pending','available','assigned')
    if s.wf=='stuck': return 'undo refused'
    if s.ost in('approved','inProgress','ready'):
        if s.pay!='conf': return 'approved without payment'
        if s.lst in('none','canceled'): return 'approved without list'
        if s.ost=='approved' and s.lst!='available' and not s.evs: return 'stuck approved '+s.lst
        if s.asked is not None: return 'request never answered'
    if s.ost in('rejected','dropped','canceled'):
        if s.pay=='conf': return 'ended with a bound hold'
        if live: return 'ended with a live list'
    if s.ost=='pending': return 'pending for ever'
s0=S('pending',None,0,'none',False,'auth',False,0,(),None,(),frozenset(),frozenset(),3,2,1,1,1)
seen={s0:None}; q=deque([s0]); bad={}
while q and len(seen)<6000000:
    s=q.popleft(); any_=False
    for l,t in moves(s):
        if not l.startswith(('late','ask','delete','restart')): any_=True
        if t not in seen: seen[t]=(s,l); q.append(t)
    if not any_:
        w=check(s)
        if w and w not in bad: bad[w]=s
    elif s.wf=='stuck' and 'undo refused' not in bad: bad['undo refused']=s
print(len(seen),'states;', 'holds' if not bad else 'VIOLATIONS')
for w,s in bad.items():
    tr=[]; x=s
    while seen[x]: tr.append(seen[x][1]); x=seen[x][0]
    print(' *',w,':',' -> '.join(reversed(tr)))
sys.exit(1 if bad else 0)
