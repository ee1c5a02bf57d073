/**
 * The command line: {@code main}, one class per command, exit codes. Start reading at {@code Main}.
 */
@NullMarked
package io.terminator.admin.command;

import org.jspecify.annotations.NullMarked;
