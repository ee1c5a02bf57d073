/** Starts and stops the appliance: assembly, commands, signals, exit codes. Start reading at {@code Terminator}. */
@NullMarked
package io.terminator.admin.launch;

import org.jspecify.annotations.NullMarked;
