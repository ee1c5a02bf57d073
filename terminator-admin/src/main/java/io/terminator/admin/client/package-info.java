/** Asks a running appliance's admin API, for the commands that show how it does. */
@NullMarked
package io.terminator.admin.client;

import org.jspecify.annotations.NullMarked;
