/** Runs the tutorials, Jupyter notebooks with Java cells, without Jupyter, by the JDK's JShell. */
package io.latentsync.notebook;
