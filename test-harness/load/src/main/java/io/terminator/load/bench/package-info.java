/** The command: phases, rounds, report. */
@NullMarked
package io.terminator.load.bench;

import org.jspecify.annotations.NullMarked;
