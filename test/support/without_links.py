"""Runs a program for which link(2) and linkat(2) fail with EPERM, as they do on FAT and exFAT.

    without_links.py PROGRAM [ARGUMENT...]

A seccomp filter of this process alone: no file system and no mount is needed.
"""
import ctypes
import errno
import os
import platform
import struct
import sys

# Audit number of the architecture, and its system calls that make hard links.
MACHINES = {"x86_64": (0xC000003E, (86, 265)), "aarch64": (0xC00000B7, (37,))}
LOAD_WORD, JUMP_IF_EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, FAIL = 0x7FFF0000, 0x00050000 | errno.EPERM
CALL_NUMBER_AT, MACHINE_AT = 0, 4
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2


def program(machine, calls):
    steps = [(LOAD_WORD, 0, 0, MACHINE_AT), (JUMP_IF_EQUAL, 0, len(calls) + 1, machine), (LOAD_WORD, 0, 0, CALL_NUMBER_AT)]
    steps += [(JUMP_IF_EQUAL, len(calls) - index, 0, call) for index, call in enumerate(calls)]
    return steps + [(RETURN, 0, 0, ALLOW), (RETURN, 0, 0, FAIL)]


def forbid_links():
    code = b"".join(struct.pack("HBBI", *step) for step in program(*MACHINES[platform.machine()]))
    memory = ctypes.create_string_buffer(code)
    filter_ = struct.pack("HxxxxxxP", len(code) // 8, ctypes.addressof(memory))
    libc = ctypes.CDLL(None, use_errno=True)
    for arguments in ((PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, filter_, 0, 0)):
        if libc.prctl(*arguments) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


forbid_links()
os.execvp(sys.argv[1], sys.argv[1:])
