/* waits_queue: message queues and semaphores of System V, and POSIX message queues. */
#include "waits.h"

#include <mqueue.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>

/* ---- System V messages */

struct message {
    long type;
    char text[1000];
};

static int queue;
static struct message in, out;

static void send_one(void *unused) {
    out = (struct message){3, "hello"};
    CHECK(msgsnd(queue, &out, 5, 0) == 0);
}

static void receive_one(void *unused) {
    CHECK(msgrcv(queue, &in, sizeof in.text, 0, 0) >= 0);
}

static void fill(void) {
    out.type = 1;
    while (msgsnd(queue, &out, sizeof out.text, IPC_NOWAIT) == 0)
        ;
}

static void remove_it(void *unused) {
    CHECK(msgctl(queue, IPC_RMID, NULL) == 0);
}

static void messages(void) {
    SAY("== msgrcv, msgsnd");
    CHECK((queue = msgget(IPC_PRIVATE, 0600)) >= 0);
    send_one(NULL);
    R(msgrcv(queue, &in, sizeof in.text, 0, 0));
    SAY("%ld %.5s", in.type, in.text);
    R(msgrcv(queue, &in, sizeof in.text, 0, IPC_NOWAIT));
    MEANWHILE(send_one, NULL, R(msgrcv(queue, &in, sizeof in.text, 3, 0)));
    send_one(NULL);
    R(msgrcv(queue, &in, 2, 0, 0));
    R(msgrcv(queue, &in, 2, 0, MSG_NOERROR));
    for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
        handle(SIGALRM, flags); /* never begun again */
        INTERRUPTED(R(msgrcv(queue, &in, sizeof in.text, 0, 0)));
    }
    fill();
    R(msgsnd(queue, &out, sizeof out.text, IPC_NOWAIT));
    MEANWHILE(receive_one, NULL, R(msgsnd(queue, &out, sizeof out.text, 0)));
    INTERRUPTED(R(msgsnd(queue, &out, sizeof out.text, 0)));
    MEANWHILE(remove_it, NULL, R(msgsnd(queue, &out, sizeof out.text, 0)));
    R(msgsnd(queue, &out, 5, 0));
    R(msgrcv(queue, &in, 5, 0, 0));
    CHECK((queue = msgget(IPC_PRIVATE, 0600)) >= 0);
    MEANWHILE(remove_it, NULL, R(msgrcv(queue, &in, 5, 0, 0)));
    CHECK((queue = msgget(IPC_PRIVATE, 0600)) >= 0);
    out.type = 0;
    R(msgsnd(queue, &out, 5, 0));
    remove_it(NULL);
}

/* ---- System V semaphores */

static int set;

static int op(int by, int flags) {
    struct sembuf b = {0, (short)by, (short)flags};
    return semop(set, &b, 1);
}

static int op_in(int by, int ms) {
    struct sembuf b = {0, (short)by, 0};
    struct timespec ts = spec_ms(ms);
    return semtimedop(set, &b, 1, &ts);
}

static void add_one(void *unused) {
    CHECK(op(1, 0) == 0);
}

static void take_one(void *unused) {
    CHECK(op(-1, IPC_NOWAIT) == 0);
}

static void remove_set(void *unused) {
    CHECK(semctl(set, 0, IPC_RMID) == 0);
}

static void semaphores(void) {
    struct timespec odd = {0, -1};
    struct sembuf b = {0, -1, 0}, far = {9, 1, 0};
    SAY("== semop, semtimedop");
    CHECK((set = semget(IPC_PRIVATE, 1, 0600)) >= 0);
    R(op(1, 0));
    R(op(-1, 0));
    R(op(-1, IPC_NOWAIT));
    R(op(0, 0));
    TAKES_TICKS(30, R(op_in(-1, 30)));
    AT_ONCE(R(op_in(-1, 0)));
    R(semtimedop(set, &b, 1, &odd));
    R(semop(set, &far, 1));
    R(semop(set, &b, 0));
    MEANWHILE(add_one, NULL, R(op(-1, 0)));
    MEANWHILE(add_one, NULL, R(op_in(-1, 20000)));
    MEANWHILE(add_one, NULL, R(semtimedop(set, &b, 1, NULL)));
    R(op(1, 0));
    MEANWHILE(take_one, NULL, R(op(0, 0)));
    for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
        handle(SIGALRM, flags);
        INTERRUPTED(R(op(-1, 0)));
        INTERRUPTED(R(op_in(-1, 20000)));
    }
    MEANWHILE(remove_set, NULL, R(op(-1, 0)));
    R(op(-1, 0));
}

/* ---- POSIX messages */

static mqd_t mq;
static char buf[64];

static void mq_put(void *unused) {
    CHECK(mq_send(mq, "hello", 5, 2) == 0);
}

static void mq_take(void *unused) {
    CHECK(mq_receive(mq, buf, sizeof buf, NULL) >= 0);
}

static int receive_in(int ms) {
    struct timespec ts = in_ms(CLOCK_REALTIME, ms);
    return (int)mq_timedreceive(mq, buf, sizeof buf, NULL, &ts);
}

static int send_in(int ms) {
    struct timespec ts = in_ms(CLOCK_REALTIME, ms);
    return mq_timedsend(mq, "hello", 5, 1, &ts);
}

static void posix_messages(void) {
    struct mq_attr attr = {.mq_maxmsg = 2, .mq_msgsize = 64};
    struct timespec odd = {1, -1};
    unsigned priority = 0;
    char name[64];
    SAY("== mq_receive, mq_send");
    snprintf(name, sizeof name, "/cpprof-test-%d", (int)getpid());
    mq = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
    if (mq < 0) {
        SAY("no message queues: %s", error_name(errno));
        return;
    }
    mq_unlink(name);
    mq_put(NULL);
    R(mq_receive(mq, buf, sizeof buf, &priority));
    R(priority);
    TAKES(30, R(receive_in(30)));
    AT_ONCE(R(receive_in(-1000)));
    R(mq_timedreceive(mq, buf, sizeof buf, NULL, &odd));
    R(mq_receive(mq, buf, 1, NULL));
    MEANWHILE(mq_put, NULL, R(mq_receive(mq, buf, sizeof buf, NULL)));
    MEANWHILE(mq_put, NULL, R(receive_in(20000)));
    for (int flags = 0; flags <= SA_RESTART; flags += SA_RESTART) {
        handle(SIGALRM, flags);
        if (!flags)
            INTERRUPTED(R(mq_receive(mq, buf, sizeof buf, NULL)));
        INTERRUPTED(TAKES(flags ? 60 : 0, R(receive_in(60))));
    }
    mq_put(NULL);
    mq_put(NULL);
    TAKES(30, R(send_in(30)));
    AT_ONCE(R(send_in(-1000)));
    MEANWHILE(mq_take, NULL, R(mq_send(mq, "hello", 5, 1)));
    MEANWHILE(mq_take, NULL, R(send_in(20000)));
    handle(SIGALRM, 0);
    INTERRUPTED(R(mq_send(mq, "hello", 5, 1)));
    struct mq_attr nonblock = {.mq_flags = O_NONBLOCK};
    CHECK(mq_setattr(mq, &nonblock, NULL) == 0);
    R(mq_send(mq, "hello", 5, 1));
    R(mq_receive(mq, buf, sizeof buf, NULL));
    R(mq_receive(mq, buf, sizeof buf, NULL));
    R(mq_receive(mq, buf, sizeof buf, NULL));
    R(mq_close(mq));
    R(mq_receive(mq, buf, sizeof buf, NULL));
}

/* ---- cancelled in each */

static void c_msgrcv(void) {
    msgrcv(queue, &in, 5, 9, 0);
}
static void c_semop(void) {
    op(-100, 0);
}
static void c_mq_receive(void) {
    mq_receive(mq, buf, sizeof buf, NULL);
}
static struct blocker blocker;
static void (*fn)(void);

static void *run(void *unused) {
    blocks_now(&blocker);
    fn();
    return (void *)1;
}

static void add_many(void) {
    CHECK(op(100, 0) == 0);
}

static void cancels(void) {
    struct mq_attr attr = {.mq_maxmsg = 2, .mq_msgsize = 64};
    char name[64];
    void (*all[])(void) = {c_msgrcv, c_mq_receive, c_semop};
    SAY("== cancelled");
    snprintf(name, sizeof name, "/cpprof-test-%d", (int)getpid());
    mq = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attr);
    mq_unlink(name);
    CHECK((queue = msgget(IPC_PRIVATE, 0600)) >= 0 && (set = semget(IPC_PRIVATE, 1, 0600)) >= 0);
    for (int i = 0; i < 3; i++) {
        pthread_t t;
        void *result;
        if (all[i] == c_mq_receive && mq < 0)
            continue;
        fn = all[i];
        blocker.tid = 0;
        CHECK(pthread_create(&t, NULL, run, NULL) == 0);
        until_blocked(&blocker);
        CHECK(pthread_cancel(t) == 0);
        if (fn == c_semop) /* is no point of cancellation */
            add_many();
        CHECK(pthread_join(t, &result) == 0);
        SAY("%d: %s", i, result == PTHREAD_CANCELED ? "cancelled" : "returned");
    }
    remove_it(NULL);
    remove_set(NULL);
}

int main(void) {
    messages();
    semaphores();
    posix_messages();
    cancels();
    return 0;
}
