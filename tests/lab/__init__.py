# SPDX-License-Identifier: Apache-2.0
"""A small network lab: hosts in namespaces on one switch, daemons on them, eyes on the wire."""
