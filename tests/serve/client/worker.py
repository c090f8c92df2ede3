"""The program programs/worker: commands go to a pipe, answers come in a file."""

import time


class Done:
    def __init__(self, line):
        self.name, *figures = line.split()
        self.count, self.amount, self.from_ns, self.to_ns = map(int, figures)


class Worker:
    def __init__(self, commands, answers):
        self.commands = open(commands, "w", buffering=1)
        self.answers = open(answers)
        self.answers.read()  # what it said to others

    def do(self, command):
        self.commands.write(command + "\n")
        line = ""
        while not line.endswith("\n"):
            part = self.answers.readline()
            line += part
            if not part:
                time.sleep(0.005)
        done = Done(line)
        if done.name != command.split()[0]:
            raise ValueError("%s was answered by %s" % (command, line))
        return done
