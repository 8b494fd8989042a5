/** Files on any Hadoop file system: locations, folders on local disks, caches, leases. */
package io.latentsync.job.storage;
